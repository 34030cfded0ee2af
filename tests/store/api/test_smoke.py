from tests.store.api.world import *
def test_road(world):
    for p in ("/v1/catalogue","/v1/services","/v1/services/daily-cleaning"):
        a=world.call("customer","GET",p); print(a.status,a.text[:300]); assert a.status==200
    for p in (f"/v1/services/daily-cleaning/slots","/v1/services/daily-cleaning/providers"):
        a=world.call("customer","GET",p,query={"lat":HOME.lat,"lng":HOME.lng}); print(a.status,a.text[:300]); assert a.status==200
    oid=world.finished()
    a=world.call("customer","POST",f"/v1/orders/{oid}/confirm",by=LI); print(a.text); assert a.status==200
    for api,p,by in (("customer",f"/v1/orders/{oid}",LI),("customer",f"/v1/orders",LI),("provider",f"/v1/provider/orders/{oid}",WANG),("provider",f"/v1/provider/orders",WANG),("provider",f"/v1/provider/income",WANG),("provider",f"/v1/provider/profile",WANG),("admin",f"/v1/admin/orders/{oid}","admin"),("admin",f"/v1/admin/orders","admin")):
        a=world.call(api,"GET",p,by=by); print(p,a.status,a.text[:3000]); assert a.status==200
